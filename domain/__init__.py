"""What is true: values, facts and the rules by which facts follow from orders and observations. Pure standard library."""
