// Names of time zones, as the IANA data base writes them.

function canonicalName(name: string): string | undefined {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

/**
 * Whether there is a zone of exactly this name. The runtime takes any case and knows offsets too; the data base has files,
 * whose names begin with a capital letter.
 */
export function isTimeZone(name: string): boolean {
  if (!name.split('/').every((part) => /^[A-Z]/.test(part))) return false
  const canonical = canonicalName(name)
  return canonical !== undefined && (canonical === name || canonical.toLowerCase() !== name.toLowerCase())
}
