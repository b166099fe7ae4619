//! The packed structures and constants of GM/T 0016.
