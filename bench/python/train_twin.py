#!/usr/bin/env python3
"""The model of a training recipe in plain PyTorch, eager: what the trainer's speed and memory are measured against.

    python bench/python/train_twin.py --threads 2 [--dense] [--transformers] [--hidden 384 --layers 6 ..]

Prints tokens a second (the best of the steps, so that other load counts least) and peak memory. BitLinear is the report's,
straight-through; --transformers takes transformers' own model with its `online` quantization instead.
"""
import argparse
import os
import resource
import time

os.environ.setdefault("TORCHDYNAMO_DISABLE", "1")
parser = argparse.ArgumentParser()
for name, value in dict(hidden=384, layers=6, heads=6, kv_heads=2, ffn=1024, vocab=8192, sequence=512, rows=8, passes=2,
                        steps=5, threads=2).items():
    parser.add_argument("--" + name.replace("_", "-"), type=int, default=value)
parser.add_argument("--dense", action="store_true")
parser.add_argument("--transformers", action="store_true")
args = parser.parse_args()
os.environ["OMP_NUM_THREADS"] = str(args.threads)

import torch
import torch.nn.functional as F
from torch import nn

torch.set_num_threads(args.threads)


def straight_through(x, quantized):
    return x + (quantized - x).detach()


class BitLinear(nn.Linear):
    def forward(self, x):
        if args.dense:
            return F.linear(x, self.weight)
        ws = self.weight.abs().mean().clamp_(min=1e-5)
        w = straight_through(self.weight, (self.weight / ws).round().clamp(-1, 1) * ws)
        a = 127 / x.abs().amax(-1, keepdim=True).clamp_(min=1e-5)
        return F.linear(straight_through(x, (x * a).round().clamp(-128, 127) / a), w)


def linear(n_in, n_out):
    return BitLinear(n_in, n_out, bias=False)


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        d = self.d = args.hidden // args.heads
        self.q, self.k, self.v = linear(args.hidden, args.hidden), linear(args.hidden, args.kv_heads * d), linear(args.hidden, args.kv_heads * d)
        self.o, self.gate, self.up = linear(args.hidden, args.hidden), linear(args.hidden, args.ffn), linear(args.hidden, args.ffn)
        self.down = linear(args.ffn, args.hidden)
        self.norms = nn.ModuleList(nn.RMSNorm(n, eps=1e-5) for n in (args.hidden, args.hidden, args.hidden, args.ffn))

    def rotate(self, x, cos, sin):
        a, b = x.chunk(2, -1)
        return torch.cat([a * cos - b * sin, b * cos + a * sin], -1)

    def forward(self, x, cos, sin):
        rows, length, _ = x.shape
        h = self.norms[0](x)
        q, k, v = (p(h).view(rows, length, -1, self.d).transpose(1, 2) for p in (self.q, self.k, self.v))
        a = F.scaled_dot_product_attention(self.rotate(q, cos, sin), self.rotate(k, cos, sin), v, is_causal=True,
                                           enable_gqa=True)
        x = x + self.o(self.norms[1](a.transpose(1, 2).reshape(rows, length, -1)))
        h = self.norms[2](x)
        return x + self.down(self.norms[3](F.relu(self.gate(h)).square() * self.up(h)))


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(args.vocab, args.hidden)
        self.blocks = nn.ModuleList(Block() for _ in range(args.layers))
        self.norm = nn.RMSNorm(args.hidden, eps=1e-5)
        d = args.hidden // args.heads
        angles = torch.outer(torch.arange(args.sequence).float(), 500000.0 ** (-torch.arange(0, d, 2).float() / d))
        self.register_buffer("cos", angles.cos())
        self.register_buffer("sin", angles.sin())
        for p in self.parameters():
            if p.dim() > 1:
                nn.init.normal_(p, std=0.02)

    def forward(self, ids):
        x = self.embedding(ids)
        for block in self.blocks:
            x = block(x, self.cos, self.sin)
        return F.linear(self.norm(x), self.embedding.weight)


def transformers_model():
    from transformers import BitNetConfig, BitNetForCausalLM
    from transformers.integrations.bitnet import AutoBitLinear
    config = BitNetConfig(tie_word_embeddings=True, hidden_act="relu2", hidden_size=args.hidden, num_hidden_layers=args.layers,
                          num_attention_heads=args.heads, num_key_value_heads=args.kv_heads, intermediate_size=args.ffn,
                          vocab_size=args.vocab, max_position_embeddings=args.sequence)
    model = BitNetForCausalLM(config).float()
    for name, module in list(model.named_modules()):
        if isinstance(module, nn.Linear) and name != "lm_head":
            model.set_submodule(name, AutoBitLinear(module.in_features, module.out_features, bias=False, online_quant=True))
    return model


def main():
    torch.manual_seed(0)
    model = transformers_model() if args.transformers else Model()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, betas=(0.9, 0.95), weight_decay=0.1)
    best = 0
    for step in range(args.steps):
        start = time.perf_counter()
        optimizer.zero_grad()
        for _ in range(args.passes):
            ids = torch.randint(0, args.vocab, (args.rows, args.sequence + 1))
            out = model(ids[:, :-1])
            logits = out.logits if args.transformers else out
            loss = F.cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten()) / args.passes
            loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        speed = args.passes * args.rows * args.sequence / (time.perf_counter() - start)
        best = max(best, speed)
        print(f"step {step + 1}  loss {loss.item() * args.passes:.4f}  {speed:.0f} tok/s", flush=True)
    print(f"best {best:.0f} tok/s, peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
