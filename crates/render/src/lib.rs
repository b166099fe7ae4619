//! Pages and seal pictures as images and vectors.
