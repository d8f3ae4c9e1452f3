"""Certificates of an authority that a test trusts, as files."""

from pathlib import Path

import trustme


def pair_in(folder: Path, authority: trustme.CA, name: str) -> tuple[Path, Path]:
    """Write a chain and its key for a name, over those that were there, and return their paths."""
    issued = authority.issue_cert(name)
    chain, key = folder / "chain.pem", folder / "key.pem"
    chain.write_bytes(b"".join(pem.bytes() for pem in issued.cert_chain_pems))
    key.write_bytes(issued.private_key_pem.bytes())
    return chain, key
