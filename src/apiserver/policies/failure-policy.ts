/** Whether a policy or webhook that cannot be followed is passed over. Without a word it is not. */
export const ignoresFailures = (given: { readonly failurePolicy?: string | undefined } | undefined) => given?.failurePolicy === 'Ignore'
