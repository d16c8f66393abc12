"""Why something is so: the chain of causes of a fact, each link with how surely it is one."""
