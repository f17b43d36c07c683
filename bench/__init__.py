"""Side-by-side measurements (``make bench``): every figure is a ratio to something that runs beside it, or says so."""
