import fc from 'fast-check';

// Without this a list of up to 120 steps has 10 at most, and 5 on average: a test of histories would see none.
fc.configureGlobal({ defaultSizeToMaxWhenMaxSpecified: true });
