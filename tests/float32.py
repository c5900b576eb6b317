"""The command line with float32 products on any processor: rounding is then small, and a mistake is not."""

import sys

from wvae import precision
from wvae.cli import main

precision.BFLOAT16 = ()
sys.exit(main())
