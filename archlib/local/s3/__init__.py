"""Amazon S3: what moto leaves out of who may reach a bucket."""

from archlib.local.s3.plane import S3Plane

__all__ = ["S3Plane"]
