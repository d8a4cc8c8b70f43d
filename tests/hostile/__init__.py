"""A folder of its own for pytest, so that its portal is made once and is gone before other tests begin."""
