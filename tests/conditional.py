"""A model of the architecture that disentangles, as if trained: its named axes, style flow and decoder do something."""

import torch

from wvae.model import WVAE, ModelConfig, build_model

CONFIG = ModelConfig(
    10,
    10,
    hidden=64,
    named_axes=4,
    writer_dimensions=3,
    encoder="conditional",
    style_flow="triangular",
    decoder="conditional",
    prior="class-conditional",
    classifier="bayes",
)


def conditional_model(config: ModelConfig = CONFIG) -> WVAE:
    """A model in eval mode with random weights, other ones for each digit; its pictures are of blurred bars."""
    model = build_model(config).eval()
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in model.style_flow.parameters():
            parameter.add_(torch.randn(parameter.shape, generator=generator), alpha=0.2)
        row, column = torch.meshgrid(torch.arange(28) - 14, torch.arange(28) - 14, indexing="ij")
        bar = ((column + 0.3 * row).abs() < 3) & (row.abs() < 10)
        model.decoder.pixels.bias.copy_(8.0 * bar.flatten() - 5)
        mixing = torch.randn(config.latent_b, config.latent_b, generator=generator)
        digits = torch.arange(2000) % 10
        styles = torch.randn(2000, config.latent_b, generator=generator) @ mixing + 0.3 * digits[:, None]
        model.style_flow.fit_whitening(styles, digits)
    return model
