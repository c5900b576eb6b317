"""The precision in which networks are multiplied while they are trained."""

import torch

BFLOAT16 = ("avx512_bf16", "amx_bf16")
"""What processors call it that multiply bfloat16 themselves; others take longer for it than for float32."""


def mixed_precision(device: torch.device) -> torch.autocast:
    """A context in which a network multiplies bfloat16, where the device is quicker at it, and else float32.

    Weights, their gradients and the steps of the optimiser stay float32 ("Mixed Precision Training",
    https://arxiv.org/abs/1710.03740; bfloat16 needs no scaled loss).
    """
    return torch.autocast(device.type, torch.bfloat16, enabled=multiplies_bfloat16(device))


def multiplies_bfloat16(device: torch.device) -> bool:
    """Whether the device multiplies bfloat16 in hardware."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    capabilities = torch.cpu.get_capabilities()
    return any(capabilities.get(name, False) for name in BFLOAT16)
