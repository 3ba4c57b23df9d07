"""Key material that everybody can compute: the same in every process, made without waiting."""
