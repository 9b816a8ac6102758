interface Device {
  readonly driver?: string
  readonly pool?: string
  readonly device?: string
  readonly shareID?: string
}

/** What tells the devices of a claim apart. */
export const deviceKey = ({ driver = '', pool = '', device = '', shareID = '' }: Device) => JSON.stringify([driver, pool, device, shareID])
