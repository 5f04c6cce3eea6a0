"""What a package for Vietnam.vn is made of: the bag, and the papers in it."""
