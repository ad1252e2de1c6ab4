#!/usr/bin/env python3
"""Golden data of the trainer: transformers' BitNet (`online` mode, float32, eager) on fixed data.

    TORCHDYNAMO_DISABLE=1 python tests/golden/train/generate.py

Writes start.safetensors (masters), after1.safetensors (gradients of the first step), after20.safetensors (masters behind
20 steps of AdamW), dpo.safetensors (gradients of a DPO step), teacher.safetensors (a Llama), distill.safetensors
(gradients of a step with that teacher) and golden.json (data, losses, options). Made with torch 2.15.0 and transformers
5.24.0.
"""
import json
import math
import pathlib

import torch
from safetensors.torch import save_file
from transformers import BitNetConfig, BitNetForCausalLM, LlamaConfig, LlamaForCausalLM
from transformers.integrations.bitnet import AutoBitLinear

HERE = pathlib.Path(__file__).parent
SHAPE = dict(hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4,
             num_key_value_heads=2, head_dim=8, vocab_size=64, max_position_embeddings=64, rms_norm_eps=1e-5,
             rope_theta=10000.0)
STEPS, WARMUP, PEAK, LAST, DECAY, CLIP, BETA = 20, 4, 3e-3, 1e-4, 0.1, 1.0, 0.1
ROWS, LENGTH = 3, 20
TEACHER = dict(hidden_size=40, intermediate_size=56, num_hidden_layers=3, num_attention_heads=4, num_key_value_heads=2,
               head_dim=10, vocab_size=64, max_position_embeddings=64, rms_norm_eps=1e-5, rope_theta=10000.0)
DISTILL = dict(logits=0.7, temperature=2.0, attention=3.0, attention_layer=1, teacher_layer=2, relation_heads=2)


def build():
    config = BitNetConfig(tie_word_embeddings=True, hidden_act="relu2", attn_implementation="eager", **SHAPE)
    model = BitNetForCausalLM(config).float()
    for name, module in list(model.named_modules()):
        if isinstance(module, torch.nn.Linear) and name != "lm_head":
            linear = AutoBitLinear(module.in_features, module.out_features, bias=False, online_quant=True)
            model.set_submodule(name, linear)
    return model.train()


def masters_of(model, seed):
    torch.manual_seed(seed)
    masters = {}
    for name, parameter in model.named_parameters():
        if name.endswith("norm.weight"):
            value = 1 + 0.1 * torch.randn_like(parameter)
        else:
            value = 0.1 * torch.randn_like(parameter)
        masters[name] = value.bfloat16().float().requires_grad_()
    return masters


def load(model, masters):
    """The model computes with the masters' bfloat16 view."""
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(masters[name].bfloat16().float())


def token_nll(model, ids):
    """[rows, length - 1]"""
    logits = model(input_ids=ids).logits[:, :-1]
    return torch.nn.functional.cross_entropy(logits.transpose(1, 2), ids[:, 1:], reduction="none")


def rate(step):
    if step < WARMUP:
        return PEAK * (step + 1) / WARMUP
    return LAST + (PEAK - LAST) * 0.5 * (1 + math.cos(math.pi * (step - WARMUP) / (STEPS - WARMUP)))


def pretrain(model, masters, data):
    linears = [m for n, m in masters.items() if "_proj" in n]
    others = [m for n, m in masters.items() if "_proj" not in n]
    optimizer = torch.optim.AdamW([{"params": linears, "weight_decay": DECAY}, {"params": others, "weight_decay": 0.0}],
                                  betas=(0.9, 0.95), eps=1e-8)
    losses, norms = [], []
    for step in range(STEPS):
        load(model, masters)
        model.zero_grad()
        loss = token_nll(model, data[step]).mean()
        loss.backward()
        for name, parameter in model.named_parameters():
            masters[name].grad = parameter.grad.clone()
        if step == 0:
            save_file({n: m.grad.clone() for n, m in masters.items()}, HERE / "after1.safetensors")
        norms.append(float(torch.nn.utils.clip_grad_norm_(list(masters.values()), CLIP)))
        for group in optimizer.param_groups:
            group["lr"] = rate(step)
        optimizer.step()
        losses.append(float(loss))
    save_file({n: m.detach().clone() for n, m in masters.items()}, HERE / "after20.safetensors")
    return losses, norms


def dpo(model, masters, pairs):
    """TRL's sigmoid loss on summed log-probabilities: rows 2i chosen, 2i + 1 rejected; the first 6 tokens are the prompt."""
    load(model, masters)
    model.zero_grad()
    logps = -token_nll(model, pairs)[:, 5:].sum(-1)
    reference = logps.detach() + torch.tensor([3.0, -2.0, -4.0, 1.0])
    policy = logps[0::2] - logps[1::2]
    logits = policy - (reference[0::2] - reference[1::2])
    losses = -torch.nn.functional.logsigmoid(BETA * logits)
    losses.mean().backward()
    save_file({n: p.grad.clone() for n, p in model.named_parameters()}, HERE / "dpo.safetensors")
    return {"logps": logps.tolist(), "reference": reference.tolist(), "losses": losses.tolist()}


def build_teacher():
    """SwiGLU, no sub-norms, a head of its own."""
    config = LlamaConfig(tie_word_embeddings=False, hidden_act="silu", attn_implementation="eager", **TEACHER)
    teacher = LlamaForCausalLM(config).float().eval()
    masters = masters_of(teacher, 3)
    load(teacher, masters)
    save_file({n: m.detach().clone() for n, m in masters.items()}, HERE / "teacher.safetensors")
    return teacher


def projections(model, layer, ids):
    """Logits, and what q_proj, k_proj and v_proj of a layer give, [rows, tokens, width] each."""
    seen, hooks = [], []
    attention = model.model.layers[layer].self_attn
    for name in ("q_proj", "k_proj", "v_proj"):
        hooks.append(getattr(attention, name).register_forward_hook(lambda _m, _i, out: seen.append(out)))
    logits = model(input_ids=ids).logits
    for hook in hooks:
        hook.remove()
    return logits, seen


def relation(x):
    """MiniLMv2: log softmax of the scaled dot products of a document's tokens, [rows, heads, tokens, tokens]."""
    x = x.view(*x.shape[:2], DISTILL["relation_heads"], -1).transpose(1, 2)
    return (x @ x.transpose(2, 3) / math.sqrt(x.shape[-1])).log_softmax(-1)


def divergence(teacher, student):
    return torch.nn.functional.kl_div(student, teacher, reduction="none", log_target=True).sum(-1)


def distill(model, masters, teacher, rows):
    """The first 6 tokens are the prompt. All parts are means over the targets; a document's relations count for each."""
    load(model, masters)
    model.zero_grad()
    ids, targets = rows[:, :-1], rows[:, 1:].clone()
    targets[:, :5] = -100
    asked = targets >= 0
    with torch.no_grad():
        teacher_logits, teacher_seen = projections(teacher, DISTILL["teacher_layer"], ids)
    logits, seen = projections(model, DISTILL["attention_layer"], ids)
    nll = torch.nn.functional.cross_entropy(logits.transpose(1, 2), targets, ignore_index=-100, reduction="sum")
    tau = DISTILL["temperature"]
    soft = divergence((teacher_logits / tau).log_softmax(-1), (logits / tau).log_softmax(-1))[asked].sum()
    per_document = sum(divergence(relation(t), relation(s)).mean((1, 2)) for t, s in zip(teacher_seen, seen))
    relations = (per_document * asked.sum(1)).sum()
    units = asked.sum()
    ((nll + DISTILL["logits"] * soft + DISTILL["attention"] * relations) / units).backward()
    save_file({n: p.grad.clone() for n, p in model.named_parameters()}, HERE / "distill.safetensors")
    values = {name: float(value.detach() / units) for name, value in (("nll", nll), ("divergence", soft), ("relation", relations))}
    return {"options": DISTILL, "teacher": TEACHER} | values


def main():
    model = build()
    masters = masters_of(model, 1)
    save_file({n: m.detach().clone() for n, m in masters.items()}, HERE / "start.safetensors")
    generator = torch.Generator().manual_seed(2)
    # Text with something to learn: each token is its neighbour's plus a step of the row.
    first = torch.randint(0, 64, (STEPS, ROWS, 1), generator=generator)
    strides = torch.randint(1, 4, (STEPS, ROWS, 1), generator=generator)
    data = (first + strides * torch.arange(LENGTH)) % 64
    pairs = torch.randint(0, 64, (4, LENGTH), generator=generator)
    pairs[1, :6] = pairs[0, :6]
    pairs[3, :6] = pairs[2, :6]
    golden = {"dpo": dpo(model, masters, pairs), "distill": distill(model, masters, build_teacher(), data[0])}
    losses, norms = pretrain(model, masters, data)
    golden |= {"shape": SHAPE, "steps": STEPS, "warmup": WARMUP, "peak": PEAK, "last": LAST, "weight_decay": DECAY,
               "clip": CLIP, "beta": BETA, "data": data.tolist(), "pairs": pairs.tolist(), "losses": losses,
               "grad_norms": norms}
    (HERE / "golden.json").write_text(json.dumps(golden) + "\n")
    print(losses[0], losses[-1], norms[0], norms[-1], golden["distill"])


if __name__ == "__main__":
    main()
