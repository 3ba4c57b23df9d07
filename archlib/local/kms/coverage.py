"""What the KMS plane honours."""

from __future__ import annotations

from archlib.local.behaviour import coverage, differs, honours, refuses
from archlib.local.kms.plane import REFUSED
from archlib.local.kms.specs import SPECS

COVERAGE = coverage(
    "AWS Key Management Service",
    honours("Key policies", "checked when written: malformed, unknown principals, lockout"),
    honours("Grants", "operations, encryption context constraints, grants made by grants; they "
            "count in IAM decisions, retired or revoked they do not"),
    honours("Key states", "Enabled, Disabled, PendingDeletion; deleted keys go at their virtual "
            "time and what they sealed stays sealed"),
    honours("Encryption context", "bound to the ciphertext, and in condition keys"),
    honours("Encrypt, Decrypt, ReEncrypt, data keys and data key pairs"),
    honours("Sign, Verify, GetPublicKey, GenerateMac, VerifyMac"),
    honours("Rotation", "scheduled and on demand; older ciphertexts stay readable"),
    honours("Aliases, tags, AWS managed keys", "these open to callers of their service only"),
    honours("Use through a service", "Secrets Manager and Parameter Store: judged as the caller, "
            "with kms:ViaService and the encryption context"),
    refuses("Replicas, imported key material, custom key stores, key agreement"),
    refuses("RSA_3072, RSA_4096, SM2, ML-DSA, ML-KEM and Ed25519 keys"),
    refuses("Grants to service principals, attestation documents"),
    differs("Key material", "is derived from the cloud's seed: everybody can compute it"),
    differs("Grant tokens", "are accepted; grants count at once"),
    differs("Keys of S3, SNS, SQS and DynamoDB", "S3 asks for GenerateDataKey when it writes; the "
            "others do not use them"),
    listings={"Key specs": tuple(SPECS)},
    refused={"kms": REFUSED},
)  # fmt: skip
