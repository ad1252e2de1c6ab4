#!/usr/bin/env bash
# Guesses from the text itself change the number of passes and nothing else.
source "$(dirname "$0")/../lib.sh"
use_real_model

question='Repeat this list three times: apples, pears, plums, cherries, figs, dates.'
for sampler in '--temp 0' '--temp 0.7 --seed 3' '--temp 0.5 --top-k 20 --top-p 0.9 --repeat-penalty 1.1'; do
  for lookup in 0 1 8 64; do
    # shellcheck disable=SC2086
    exits 0 "$TERN" run -m "$model" --chat -p "$question" -n 80 $sampler --json --lookup $lookup
    jq -c '[.ids, .text, .logprobs, .stop_reason]' out >"lookup$lookup"
    same_file lookup0 "lookup$lookup" "$sampler --lookup $lookup"
    jq .lookup.accepted out >accepted
    if [[ $sampler == '--temp 0' && $lookup -gt 0 && $(<accepted) -eq 0 ]]; then fail "--lookup $lookup saved no pass"; fi
  done
  [[ $(jq '.lookup.drafted' out) -ge $(<accepted) ]] || fail "more guesses accepted than made"
done
