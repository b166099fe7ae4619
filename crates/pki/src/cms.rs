//! CMS SignedData (RFC 5652, GM/T 0010).
