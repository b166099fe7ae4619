//! A software token behind the SKF C interface of GM/T 0016.
