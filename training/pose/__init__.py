"""How sure a pose is: measured on people and on pictures of nobody."""
