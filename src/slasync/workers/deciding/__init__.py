"""decide: leads whose time has come, the pure function, its answer queued; and its previews."""
