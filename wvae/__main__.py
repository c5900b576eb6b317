from wvae.cli import main

raise SystemExit(main())
