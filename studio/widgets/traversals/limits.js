// How far rows go, in standard deviations of the prior, and in how many columns.

export const REACH = { min: 1, max: 4, step: 0.05, usual: 2.5 };
export const STEPS = { min: 5, max: 21, step: 2, usual: 11 };
