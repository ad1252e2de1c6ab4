"""Writes golden.json beside this file: chats rendered by transformers' own path, jinja2's answers to many small
snippets, and ids of chats by transformers.

    python generate.py MODEL.gguf      (an instruct model of the SmolLM2 family, Apache-2.0, for its template)

The templates but that one are written here, with the constructs that the templates of well-known models use.
"""
import json
import sys
from pathlib import Path

import gguf
from transformers import PreTrainedTokenizerFast
from transformers.utils.chat_template_utils import render_jinja_template

HERE = Path(__file__).parent

BITNET = ("{% set loop_messages = messages %}{% for message in loop_messages %}{% set content = message['role'] | "
          "capitalize + ': '+ message['content'] | trim + '<|eot_id|>' %}{{ content }}{% endfor %}"
          "{% if add_generation_prompt %}{{ 'Assistant: ' }}{% endif %}")

HEADERS = """{# Headers around each role, the beginning of text before the first turn. #}
{%- for turn in messages -%}
  {%- set text = '<|start_header_id|>' + turn['role'] + '<|end_header_id|>\\n\\n' + turn['content'] | trim + '<|eot_id|>' -%}
  {%- if loop.index0 == 0 -%}{%- set text = bos_token + text -%}{%- endif -%}
  {{- text -}}
{%- endfor -%}
{%- if add_generation_prompt -%}
  {{- '<|start_header_id|>assistant<|end_header_id|>\\n\\n' -}}
{%- endif -%}
"""

TOOLS = """{{- bos_token }}
{%- if custom_tools is defined %}{%- set tools = custom_tools %}{%- endif %}
{%- if not day is defined %}
    {%- if strftime_now is defined and false %}{%- set day = strftime_now("%d %b %Y") %}
    {%- else %}
        {%- set day = "26 Jul 2024" %}
    {%- endif %}
{%- endif %}
{%- if not tools is defined %}{%- set tools = none %}{%- endif %}
{#- The first message may be the system's. #}
{%- if messages and messages[0]['role'] == 'system' %}
    {%- set system = messages[0]['content']|trim %}
    {%- set messages = messages[1:] %}
{%- else %}
    {%- set system = "" %}
{%- endif %}
{{- "<|start_header_id|>system<|end_header_id|>\\n\\n" }}
{%- if tools is not none %}
    {{- "Environment: ipython\\n" }}
{%- endif %}
{{- "Today: " + day + "\\n\\n" }}
{%- macro describe(tool, last=false) %}
{{ tool.name }}({{ tool.parameters | map('upper') | join(', ') }}){{ '.' if last else ';' }}
{% endmacro %}
{%- if tools is not none %}
    {%- for tool in tools %}
        {{- tool | tojson(indent=4) }}
        {{- describe(tool, loop.last) }}
        {{- "\\n" }}
    {%- endfor %}
{%- endif %}
{{- system }}
{{- "<|eot_id|>" }}
{%- set ns = namespace(users=0, previous='') %}
{%- for message in messages %}
    {%- if message.role == ns.previous %}
        {{- raise_exception("Roles must alternate, but " ~ loop.index ~ " follows " ~ ns.previous) }}
    {%- endif %}
    {%- if not (message.role == 'ipython' or message.role == 'tool' or 'tool_calls' in message) %}
        {{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n'+ message['content'] | trim + '<|eot_id|>' }}
    {%- elif message.content is mapping or (message.content is iterable and message.content is not string) %}
        {{- message.content | tojson }}
    {%- endif %}
    {%- set ns.users = ns.users + (1 if message.role == 'user' else 0) %}
    {%- set ns.previous = message.role %}
{%- endfor %}
{%- if ns.users > 1 %}
[{{ ns.users }} questions]
{%- endif %}
{%- if add_generation_prompt %}
    {{- '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}
{%- endif %}
"""

BLOCKS = """
{% if messages|length > 0 and messages[0].role == "system" %}
  {% set offset = 1 %}
{% else %}
  {% set offset = 0 %}
{% endif %}
{% for message in messages %}
  {% if (message['role'] == 'user') != (loop.index0 % 2 == offset) and loop.index0 >= offset %}
    {{ raise_exception('Conversation roles must alternate') }}
  {% endif %}
  {% if message['role'] == 'user' %}
[INST] {{ message['content'] | trim }} [/INST]
  {% elif message['role'] == 'assistant' %}
{% generation %} {{ message['content'].split('</think>')[-1].lstrip('\\n') | trim }}{{ eos_token }}{% endgeneration %}

  {% else %}
<<{{ message['role'] | upper }}>> {{ message['content'] }}
  {%- endif %}
{% endfor %}
"""

SYSTEM = {"role": "system", "content": "You are a helpful assistant."}


def user(text):
    return {"role": "user", "content": text}


def assistant(text):
    return {"role": "assistant", "content": text}


CONVERSATIONS = [
    [user("Hello")],
    [SYSTEM, user("Hello, how are you?")],
    [SYSTEM, user("One?"), assistant("Yes: one."), user("Two?")],
    [user("  spaces \n\t around \u3000\u2003"), assistant("\n\nand\nlines\n\n")],
    [user(""), assistant("")],
    [user("\u00dcber 日本語 \U0001f680 e\u0301"), assistant("<think>\nhm\n</think>\n\nOk \u2028")],
    [SYSTEM],
    [user("{{ 7*7 }} {% if %} \\n 'quotes' \"too\" <b>&amp;")],
    [user("a"), user("b")],
]
# Keys in alphabetical order, in which our JSON library keeps them.
TOOL_LIST = [{"limit": 1.5, "name": "weather", "parameters": ["city", "day"], "strict": True},
             {"more": {"nested": [[], {}, [1, "\n\"\u2028"]], "none": None}, "name": "añadir", "parameters": []}]

DATA = {"text": "  Hello, World \n", "empty": "", "n": 7, "neg": -7, "x": 2.5, "yes": True, "nil": None,
        "list": [3, 1, 2], "words": ["b", "A", "c"], "d": {"a": 1, "b": {"c": [10, 20]}, "items": 5},
        "rows": [{"k": "x", "v": 1}, {"k": "y", "v": 0}, {"k": "z"}], "uni": "żółw 日本 \U0001f680"}

SNIPPETS = r"""
{{ 1 + 2 * 3 - 4 }}|{{ 7 // 2 }}|{{ -7 // 2 }}|{{ -7 % 3 }}|{{ 7 / 2 }}|{{ 6 / 3 }}
{{ 7.5 // 2 }}|{{ -7.5 % 2 }}|{{ 1e20 }}|{{ 0.1 + 0.2 }}|{{ 1e-5 }}|{{ 1e16 }}|{{ 123456789012345.0 }}|{{ -0.0 }}|{{ 1_000 }}
{{ n // 0 }}
{{ 'a' ~ 1 ~ true ~ none ~ 1.0 ~ missing }}
{{ 'a' 'b' "c" }}|{{ 'ab' * 3 }}|{{ 2 * 'x' }}|{{ [1] * 2 + [3] }}|{{ 'x' * -1 }}|
{{ 'a' + 1 }}
{{ text + nil }}
{{ 1 < 2 < 3 }}|{{ 1 < 3 < 2 }}|{{ 1 == 1.0 }}|{{ 'a' < 'b' }}|{{ 1 != 'a' }}|{{ [1, 2] < [1, 3] }}|{{ true == 1 }}
{{ 1 < 'a' }}
{{ 2 in list }}|{{ 5 not in list }}|{{ 'ell' in text }}|{{ 'a' in d }}|{{ 'q' in d }}|{{ '' in '' }}|{{ 1 in missing }}
{{ 1 in text }}
{{ not yes }}|{{ yes and n }}|{{ empty or 'other' }}|{{ nil and 1 }}|{{ not missing }}|{{ 1 if yes else 2 }}|{{ 1 if nil }}|
{{ not 1 == 2 }}|{{ -n|abs }}|{{ (-n)|abs }}|{{ - - 3 }}|{{ 2 - -2 }}|{{ +yes }}
{{ list[0] }}|{{ list[-1] }}|{{ list[9] }}|{{ uni[1] }}|{{ uni[-1] }}|{{ d.b.c[1] }}|{{ d['b']['c'].0 }}
{{ d['items'] }}|{{ d.zzz }}|{{ rows[2].v }}|{{ n.zzz }}|{{ nil.zzz }}
{{ d.zzz.yyy }}
{{ missing.yyy }}
{{ missing[0] }}
{{ missing + 1 }}
{{ list[1:] }}|{{ list[:-1] }}|{{ list[::-1] }}|{{ uni[1:4] }}|{{ uni[::-2] }}|{{ list[5:] }}|{{ list[-9:2] }}|{{ uni[:] }}|{{ list[2:0:-1] }}
{{ list[::0] }}
{{ (1, 2)[1] }}|{{ (1,) }}|{{ () }}|{{ 1, 2 }}|{{ (1, 2) + (3,) }}|{{ [1] == (1,) }}
{{ [1, 'a', "it's", 'q"', 'n\n\t\\', none, true, 1.5, {'k': [1]}, 'żół'] }}|{{ {1: 2, 'a': {}} }}|{{ '\x00\x7f\u3000' }}
{{ ['\x00\x7f\u3000\'"'] }}
{{ "\x41\u00e9\U0001F680\101\q\
z" }}
{{ text.strip() }}|{{ text.upper() }}|{{ text.lower() }}|{{ 'hELLO wORLD'.capitalize() }}|{{ "they're bill's".title() }}|{{ 'a1b2'.title() }}
{{ 'xxaxx'.strip('x') }}|{{ 'xyaxy'.lstrip('xy') }}|{{ 'xya..'.rstrip('.a') }}|{{ '  a '.lstrip() }}|{{ '\u00a0\u2003a\x1f'.strip() }}|
{{ 'a,b,,c'.split(',') }}|{{ 'a,b,,c'.split(',', 1) }}|{{ '  a  b \n c '.split() }}|{{ ' a  b  c '.split(none, 1) }}|{{ ''.split() }}|{{ ''.split(',') }}
{{ 'abc'.startswith('ab') }}|{{ 'abc'.endswith(('x', 'c')) }}|{{ 'abcabc'.replace('b', 'XX') }}|{{ 'aaa'.replace('a', 'b', 2) }}|{{ 'ab'.replace('', '-') }}
{{ 'abcb'.find('b') }}|{{ uni.find('日') }}|{{ 'a'.find('z') }}|{{ 'banana'.count('an') }}|{{ ', '.join(words) }}|{{ 'abc'.join('xy') }}
{{ d.get('a') }}|{{ d.get('z') }}|{{ d.get('z', 3) }}|{{ d.keys() | list }}|{{ d.values() | list }}|{{ {'a': 1}.items() | list }}
{{ text | trim }}|{{ 'xax' | trim('x') }}|{{ 'hELLO' | capitalize }}|{{ "hello-big (small) they're" | title }}|{{ 5 | string + 'a' }}
{{ 'ÀB' ~ 'x' | upper }}|{{ '日本 ok' | upper }}|{{ list | length }}|{{ uni | length }}|{{ missing | length }}|{{ d | count }}
{{ n | length }}
{{ list | join }}|{{ list | join(', ') }}|{{ rows | join('-', attribute='k') }}|{{ 'abc' | join('.') }}|{{ missing | join(',') }}
{{ missing | default('x') }}|{{ empty | default('x') }}|{{ empty | default('x', true) }}|{{ nil | d('y', boolean=true) }}|{{ missing | default }}|
{{ list | first }}|{{ list | last }}|{{ [] | first }}|{{ 'abc' | first }}|{{ uni | last }}|{{ d | last }}|{{ d | list }}|{{ 'ab' | list }}
{{ d | tojson }}|{{ rows | tojson(indent=2) }}|{{ uni | tojson }}|{{ '<&>\'"\x01\n' | tojson }}|{{ [1.0, none, true] | tojson }}|{{ [] | tojson(indent=2) }}
{{ {'b': 1, 'a': [1, 2]} | tojson(sort_keys=true) }}|{{ {'a': [1, 2]} | tojson(separators=(',', ':')) }}|{{ '日\x7f\U0001f680' | tojson(ensure_ascii=true) }}
{{ missing | tojson }}
{{ {1: 2, none: 3, true: 4, 1.5: 5} | tojson }}
{{ 'abab' | replace('a', 'c') }}|{{ 'abab' | replace('a', 'c', 1) }}|{{ 121 | replace(1, 0) }}|{{ '<' | string }}
{{ '12' | int }}|{{ ' -3 ' | int }}|{{ '4.7' | int }}|{{ 'x' | int }}|{{ 'x' | int(5) }}|{{ 2.9 | int }}|{{ '1_0' | int }}|{{ true | int }}|{{ '1.5' | float }}|{{ 3 | float }}|{{ 'q' | float(0.5) }}
{{ rows | map(attribute='k') | list }}|{{ words | map('lower') | join }}|{{ rows | map(attribute='v', default=9) | list }}|{{ [[1, 2], [3]] | map('first') | list }}
{{ rows | selectattr('v') | map(attribute='k') | join }}|{{ rows | selectattr('v', 'defined') | list | length }}|{{ rows | rejectattr('v', 'equalto', 1) | map(attribute='k') | join }}
{{ list | select('gt', 1) | list }}|{{ list | reject('odd') | list }}|{{ [0, 1, ''] | select | list }}|{{ list | reverse | list }}|{{ 'abc' | reverse }}
{{ d | items | list }}|{{ missing | items | list }}|{% set g = list | map('string') %}{{ g | join }}{{ g | join }}|{{ list | map('string') is iterable }}
{{ x is defined }}|{{ missing is defined }}|{{ missing is undefined }}|{{ nil is none }}|{{ nil is not none }}|{{ 'a' is string }}|{{ d is mapping }}|{{ list is iterable }}|{{ n is iterable }}|{{ n is number }}|{{ yes is number }}|{{ yes is integer }}|{{ yes is boolean }}|{{ x is float }}
{{ yes is true }}|{{ 1 is true }}|{{ false is false }}|{{ n is odd }}|{{ n is even }}|{{ x is odd }}|{{ x is even }}|{{ n is divisibleby 7 }}|{{ n is divisibleby(3) }}|{{ 'a' is equalto 'a' }}|{{ n is eq 7 and yes }}|{{ 1 is in list }}|{{ list is sequence }}|{{ d is sequence }}|{{ n is sequence }}|{{ missing is iterable }}|{{ range is callable }}
{{ range(4) | list }}|{{ range(1, 8, 3) | list }}|{{ range(3, 0, -1) | list }}|{{ range(0) | list }}|{{ range(5)[2] }}|{{ range(3) | length }}|{{ range(5)[1:3] | list }}
{{ range(200000) | length }}
{{ range(1, 2, 0) }}
{{ raise_exception('stop') }}
{% for i in list %}{{ loop.index }}{{ loop.index0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }}{{ loop.revindex }}{{ loop.revindex0 }}{{ loop.depth }}{{ loop.previtem }}{{ loop.nextitem }};{% endfor %}
{% for i in [] %}x{% else %}none{% endfor %}|{% for i in missing %}x{% else %}undef{% endfor %}|{% for i in nil or [] %}{% endfor %}
{% for i in nil %}{% endfor %}
{% for i in list if i > 1 %}{{ loop.index }}{{ i }}{% if not loop.last %},{% endif %}{% else %}no{% endfor %}|{% for i in list if i > 9 %}x{% else %}no{% endfor %}
{% for k, v in {'a': 1, 'b': 2}.items() %}{{ k }}={{ v }}{{ loop.cycle('.', '!') }}{% endfor %}|{% for (a, (b, c)) in [(1, (2, 3))] %}{{ a }}{{ b }}{{ c }}{% endfor %}|{% for c in 'añb' %}{{ c }}-{% endfor %}|{% for k in d %}{{ k }}{% endfor %}
{% for a, b in [(1, 2, 3)] %}{% endfor %}
{% for i in range(9) %}{% if i == 2 %}{% continue %}{% endif %}{% if i == 5 %}{% break %}{% endif %}{{ i }}{% endfor %}
{% set v = 1 %}{% for i in list %}{{ v }}{% set v = i %}{{ v }},{% endfor %}{{ v }}
{% set ns = namespace(v=1, w='a') %}{% for i in list %}{% set ns.v = ns.v + i %}{% endfor %}{{ ns.v }}{{ ns.w }}{{ ns.q }}{% set ns.q = 2 %}{{ ns.q }}
{% set d.a = 1 %}
{% set a, b = 1, 'z' %}{{ b }}{{ a }}|{% set t %}in{{ a }}side{% endset %}{{ t | upper }}|{% set u | trim | upper %}  q {% endset %}{{ u }}|
{% if n > 9 %}a{% elif n > 6 %}b{% else %}c{% endif %}|{% if missing %}a{% endif %}|{% if list %}{% set inner = 1 %}{% endif %}{{ inner }}
{% macro m(a, b=2, c=a) %}[{{ a }}{{ b }}{{ c }}]{% endmacro %}{{ m(1) }}{{ m(1, c=3) }}{{ m() }}{{ m(b=n, a='q') }}{{ m(1) | length }}
{% macro m(a) %}{% if a > 0 %}{{ a }}{{ m(a - 1) }}{% endif %}{% endmacro %}{{ m(4) }}{% set outer = 1 %}{% macro o() %}{{ outer }}{% endmacro %}{% set outer = 2 %}{{ o() }}
{% macro m(a) %}{% endmacro %}{{ m(1, 2) }}
{% for i in [1, 2] %}{{ i }}{% if true %}{% continue %}{% endif %}{% else %}E{% endfor %}|{% for i in [1, 2] %}{{ i }}{% break %}{% else %}E{% endfor %}|{% for i in [1, 2] %}{{ i }}{% if i == 2 %}{% continue %}{% endif %}{% else %}E{% endfor %}
{% set ns = namespace() %}{% for i in [1, 2, 3] %}{% set ns.loop = loop %}{% endfor %}{{ ns.loop.index }}{{ ns.loop.last }}{{ ns.loop.previtem }}{{ ns.loop.nextitem is defined }}{% for i in [1, 2] %}{% set ns.loop = loop %}{% break %}{% endfor %}{{ ns.loop.index }}
{% macro f(n=n) %}{{ n is defined }}{% endmacro %}{{ f() }}{{ f(1) }}{% macro g(a=b, b=2) %}{{ a }}{{ b }}{% endmacro %}{{ g() }}{{ g(b=3) }}
{% macro f(a, a) %}{% endmacro %}
{{ 'nan(x)' | float }}|{{ 'infinity' | float }}|{{ '-nan' | float }}|{{ '1_0' | float }}|{{ '\u00e9' | int(4) }}|{{ '1.' | float }}
{% with a = 1, b = 'x' %}{{ a }}{{ b }}{% set c = 3 %}{% endwith %}{{ a }}{{ c }}|{% filter upper | trim %} abc{{ n }} {% endfilter %}|{% generation %}g{% set h = 1 %}{% endgeneration %}{{ h }}
{# comment {{ n }} #}a{#- x -#} b {#+ y #} c|{% raw %}{{ raw }} {% if %}{% endraw %}|{%- raw -%} x {%- endraw -%} y
{{ {'a': 1}['a'] }}|{{ {}}}|{{ {'a': {}}}}|{{ '}}' }}|{{ "%}" }}|{{ '{{' }}|{ {|{%if yes%}t{%endif%}
{{ dict(a=1, b='c') }}|{{ dict({'x': 1}, y=2) | tojson }}|{{ 'a'['upper'] is defined }}|{{ ''.__class__ }}|{{ loop }}|{{ 3 | default(1) | string | length }}
{% macro m(a) %}<{{ a }}:{{ caller() }}>{% endmacro %}{% call m(1) %}in{{ n }}{% endcall %}|{% for i in list %}{% call m(i) %}{{ i }}{{ loop.index }}{% endcall %}{% endfor %}
{% macro m() %}{{ caller(1, b='z') }}{% endmacro %}{% call(a, b=2) m() %}{{ a }}{{ b }}{% endcall %}|{% macro e() %}{{ caller is defined }}{% endmacro %}{{ e() }}{% call e() %}{% endcall %}
{% macro i() %}[{{ caller() }}]{% endmacro %}{% macro o() %}({{ caller() }}{% call i() %}x{{ caller is defined }}{% endcall %}){% endmacro %}{% call o() %}y{% endcall %}
{% macro m() %}{{ caller() }}{{ caller() }}{% endmacro %}{% set v = 1 %}{% call m() %}{{ v }}{% set v = 2 %}{{ v }};{% endcall %}{{ v }}
{% macro m() %}no{% endmacro %}{% call m() %}{% endcall %}
{% macro m() %}{{ caller() }}{% endmacro %}{{ m() }}
{{ nil | map('lower') | list }}|{{ nil | selectattr('a') | list }}|{{ 0 | reject | list }}|{{ false | select('odd') | join }}|{{ '' | rejectattr('a', 'eq', 1) | list }}
{% macro m(k) %}{% if k > 0 %}{% call m(k - 1) %}{{ k }}{{ caller() if caller }}{% endcall %}{% else %}{{ caller() }}{% endif %}{% endmacro %}{% call m(0) %}z{% endcall %}
{{ list | sort }}|{{ words | sort }}|{{ words | sort(case_sensitive=true) }}|{{ list | sort(reverse=true) }}|{{ [['b', 1], ['B', 2], ['a', 3]] | sort(reverse=true, attribute=0) }}|{{ rows | sort(attribute='k', reverse=true) | map(attribute='k') | join }}
{{ [1, 'a'] | sort }}
{{ rows | sort(attribute='v') | list }}
{{ [{'n': 2, 'a': 1}, {'n': 1, 'a': 2}, {'n': 1, 'a': 1}] | sort(attribute='n,a') }}|{{ [{'n': 1, 'a': 2}, {'n': 1, 'a': 1}] | sort(attribute='n, a') }}|{{ [{'n': 2}, {'n': 1}] | sort(attribute='m') }}|{{ [missing, missing] | sort | length }}|{{ [[2], [1]] | sort(attribute=',') }}|{{ [{'n': {'k': 'b', 'j': 1}}, {'n': {'k': 'B', 'j': 0}}] | sort(attribute='n.k,n.j', reverse=true) }}
{{ [{'n': 1, 'm': 1}, {'n': 1}] | sort(attribute='n,m') }}
{{ {'b': 2, 'A': 3, 'c': 1} | dictsort }}|{{ {'b': 2, 'A': 3, 'c': 1} | dictsort(true) }}|{{ {'b': 2, 'A': 3, 'c': 1} | dictsort(by='value', reverse=true) }}|{{ {} | dictsort }}|{% for k, v in {'z': 1, 'y': {}} | dictsort %}{{ k }}{{ v }}{% endfor %}
{{ list | dictsort }}
{{ missing | dictsort }}
{{ {'a': 1} | dictsort(by='keys') }}
{{ [1, 1.0, 'a', 'A', true, 2] | unique | list }}|{{ ['a', 'A'] | unique(case_sensitive=true) | list }}|{{ rows | unique(attribute='k') | list | length }}|{{ 'abca' | unique | join }}
{{ [[1], [1]] | unique | list }}
{{ list | min }}|{{ list | max }}|{{ words | max }}|{{ ['b', 'B', 'a'] | max }}|{{ [] | min }}|{{ rows[:2] | max(attribute='v') }}|{{ 'hello' | min }}|{{ ([] | max) is defined }}
{{ [1, 'a'] | max }}
{{ list | sum }}|{{ [1.5, 2] | sum }}|{{ rows[:2] | sum(attribute='v') }}|{{ list | sum(start=10) }}|{{ [[1], [2]] | sum(start=[0]) }}|{{ [] | sum }}|{{ missing | sum }}
{{ ['a'] | sum }}
{{ ['a'] | sum(start='') }}
{{ 'a\nb\n\nc' | indent }}|{{ 'a\nb\n\nc\n' | indent(2, first=true) }}|{{ 'a\n\nb' | indent(1, blank=true) }}|{{ 'a\nb' | indent('>>') }}|{{ '' | indent }}|{{ 'a\r\nb\u2028c' | indent(1) }}
{{ 5 | indent }}
{{ missing | indent }}
{{ '<a&"\'>' | escape }}|{{ '<' | e | e }}|{{ '<' | safe }}|{{ ('<' | safe) + '<' }}|{{ '<' + ('<' | safe) }}|{{ '<' ~ ('<' | safe) }}|{{ ('<b>' | safe)[0] + '<' }}|{{ ('<' | safe | upper) + '>' }}|{{ ('<' | safe | string) + '>' }}
{{ ('<,>' | safe).split(',')[1] + '<' }}|{{ ('<' | safe | replace('<', '>')) + '<' }}|{{ ['<', '>' | safe] | join('&') }}|{{ ('<' | safe) * 2 + '<' }}|{{ {'a': '<' | safe} | tojson }}|{{ 5 | safe + '<' }}|{{ ' < ' | safe | trim + '<' }}|{{ missing | safe }}|{{ 5 | e }}
{{ ('<' | safe) == '<' }}|{{ '<' in ('<a' | safe) }}|{{ ('<' | safe) is string }}|{{ ('<' | safe | length) }}|{% set a = '<' | safe %}{% set b %}{{ a }}{% endset %}{{ b + '<' }}|{{ ('a b' | safe | title) + '<' }}|{{ ('<\n>' | safe | indent(1)) + '<' }}|{{ ('ab<' | safe)[::-1] + '<' }}|{{ 1 + (1 | safe | int) }}
{{ ('<' | safe) + 1 }}
{{ 'a' is lower }}|{{ 'aB' is lower }}|{{ '1' is lower }}|{{ 'A1' is upper }}|{{ '日A' is upper }}|{{ '' is upper }}|{{ none is sameas none }}|{{ 1 is sameas true }}|{{ yes is sameas true }}|{{ false is sameas false }}|{{ 'x' is sameas none }}|{{ missing is sameas none }}|{{ true is lower }}
{{ 'a,b,,c'.rsplit(',') }}|{{ 'a,b,,c'.rsplit(',', 1) }}|{{ 'a,b,,c'.rsplit(',', 2) }}|{{ 'aaaa'.rsplit('aa', 1) }}|{{ ' a b '.rsplit() }}|{{ 'abc'.rsplit('x', 0) }}|{{ 'a'.rsplit(',', 0) }}|{{ 'a,b'.split(',', 0) }}
{{ 'a.b.c'.partition('.') }}|{{ 'a.b.c'.rpartition('.') }}|{{ 'abc'.partition('.') }}|{{ 'abc'.rpartition('.') }}|{{ 'aaa'.rpartition('aa') }}|{{ ''.partition('x') }}
{{ 'a'.partition('') }}
{{ 'a\nb\r\nc\rd\x0be\x85f\u2028g\n'.splitlines() | tojson }}|{{ 'a\n\nb'.splitlines(true) | tojson }}|{{ ''.splitlines() }}|{{ '\n'.splitlines() }}|{{ 'a\r\n'.splitlines(keepends=true) | tojson }}
{{ 'abcb'.index('b') }}|{{ 'abcb'.rfind('b') }}|{{ 'abcb'.rindex('b') }}|{{ uni.rfind('日') }}|{{ 'a'.rfind('z') }}|{{ 'aaa'.rfind('aa') }}|{{ 'ab'.rfind('') }}|{{ 'ab'.index('') }}
{{ 'a'.index('z') }}
{{ 'prefix'.removeprefix('pre') }}|{{ 'prefix'.removeprefix('x') }}|{{ 'prefix'.removesuffix('fix') }}|{{ 'aaa'.removesuffix('a') }}|{{ 'a'.removesuffix('') }}|{{ ''.removeprefix('a') }}
{{ 'abc'.isalpha() }}|{{ 'żółw日'.isalpha() }}|{{ 'a1'.isalpha() }}|{{ ''.isalpha() }}|{{ '12'.isdigit() }}|{{ '1a'.isdigit() }}|{{ ''.isdigit() }}|{{ 'é'.isdigit() }}|{{ ' \t\u3000'.isspace() }}|{{ ''.isspace() }}|{{ ' a'.isspace() }}
{{ list.index(1) }}|{{ (1, 2).index(2) }}|{{ list.count(1) }}
{{ list.index(9) }}
{{ rows | map('tojson', indent=1) | join(';') }}|{{ words | map('default', boolean=true) | list }}|{{ ['a b'] | map('replace', 'a', new='c') | list }}
{{ rows | map(attribute='k', frob=1) | list }}
"""
# Snippets of several lines, apart.
LINES = ["{% if yes %}\n  kept\n{% endif %}\n", "\n  {%- if yes %}\n x\n  {%- endif %}\n\n {%+ if yes +%}\n y {%- endif -%}\n\n  z\n\n",
         "a\r\n  {# c #}\r\nb {# c #}\n {% set q = 1 -%}  \n   c\r{{ n -}}\n  d\u3000{{- n }}\u2003{%- if yes -%}\u00a0e{% endif %}\n",
         "x{% if yes %}\n\ntwo{% endif %}\n\n", "{% for i in list %}\n  * {{ i }}\n{% endfor %}\nend\n\n",
         "{% raw %}\n {{ x }}\n   {% endraw %}\n.", "a {%- raw %} b {% endraw -%} c", "  {% raw -%} b {%- endraw %}\nc",
         "{{ '\r\n' | tojson }}{{ 'a\\\nb' }}", "\n", "", "a\n\n", "{%- set a = 1 -%}\n", "{{ 1 }}\n  {# x #}  \n{#- y -#}\n  z",
         "\t {%- for i in list -%} {{ i }} {%- endfor -%} \t", "   {% set a = 1 %}   {% set b = 2 %}\n.{{ a }}"]


def render(template, conversation, prompt, extra):
    """The text, or null where transformers fails."""
    try:
        return render_jinja_template([conversation], chat_template=template, add_generation_prompt=prompt, **extra)[0][0]
    except Exception:
        return None


def ids(conversations):
    """Ids of the golden tokenizer: transformers' way, and with headers, contents and ends of turn encoded apart."""
    tokenizer = PreTrainedTokenizerFast(tokenizer_file=str(HERE.parent / "tokenizer" / "tokenizer.json"))

    def parts(text):
        return tokenizer(text, add_special_tokens=False)["input_ids"]

    bos, end = (tokenizer.convert_tokens_to_ids(token) for token in ("<|begin_of_text|>", "<|eot_id|>"))
    answers = []
    for i, conversation in enumerate(conversations):
        whole = tokenizer.apply_chat_template(conversation, chat_template=BITNET, add_generation_prompt=True,
                                              tokenize=True, return_dict=False)
        apart = [bos]
        for message in conversation:
            apart += parts(message["role"].capitalize() + ": ") + parts(message["content"].strip()) + [end]
        answers.append({"conversation": i, "whole": [bos] + whole, "parts": apart + parts("Assistant: ")})
    return answers


def main():
    fields = gguf.GGUFReader(sys.argv[1]).fields
    templates = {"bitnet": BITNET, "headers": HEADERS, "tools": TOOLS, "blocks": BLOCKS,
                 "smollm2": fields["tokenizer.chat_template"].contents()}
    tokens = {"bos_token": "<|begin_of_text|>", "eos_token": "<|end_of_text|>"}
    renders = []
    for name, source in templates.items():
        for i, conversation in enumerate(CONVERSATIONS):
            prompt = i % 2 == 0
            renders.append([name, i, prompt, {}, render(source, conversation, prompt, tokens)])
    for extra in ({"day": "1 Jan 2030"}, {"tools": TOOL_LIST}, {"custom_tools": TOOL_LIST[:1]}):
        renders.append(["tools", 2, True, extra, render(TOOLS, CONVERSATIONS[2], True, tokens | extra)])
    lines = SNIPPETS.strip("\n").replace("\\\nz", "\\\0z").split("\n")
    sources = [line.replace("\0", "\n") for line in lines] + LINES
    snippets = [[source, render(source, CONVERSATIONS[0], False, DATA)] for source in sources]
    golden = {"templates": templates, "tokens": tokens, "conversations": CONVERSATIONS, "renders": renders,
              "data": DATA, "snippets": snippets, "ids": ids(CONVERSATIONS)}
    text = ",\n".join(f"{json.dumps(key)}: " + json.dumps(value, ensure_ascii=True) for key, value in golden.items())
    (HERE / "golden.json").write_text("{" + text + "}\n")
    failed = [source for source, answer in snippets if answer is None]
    print(f"{len(renders)} renderings, {len(snippets)} snippets, {len(failed)} of which fail:", *failed, sep="\n  ")


main()
