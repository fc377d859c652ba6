"""Pure arithmetic of service level management: values in, values out."""
