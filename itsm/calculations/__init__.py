"""Pure arithmetic of the kernel: values in, values out; no Django, no clock, no I/O."""
