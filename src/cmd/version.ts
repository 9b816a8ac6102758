/** The Kubernetes release that all components speak and report. */
export const version = 'v1.36.2'
