//! The token trait, its SKF backend, discovery, and the worker process for vendor libraries.
