"""The PRISMA 2020 flow diagram from plain counts: identities, layout, SVG, PNG, PDF and the PRISMA2020 CSV. No database."""
