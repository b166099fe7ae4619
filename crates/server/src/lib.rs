//! HTTP: endpoints, jobs, wiring, the embedded pages; binary yinxin.
