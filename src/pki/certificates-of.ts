const block = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g

/** The certificates of a bundle, in their order, as PEM without white space around. */
export const certificatesOf = (bundle: string): readonly string[] => bundle.match(block) ?? []
