/** Who makes a request, once authenticated. */
export interface UserInfo {
  readonly name: string
  readonly uid?: string
  readonly groups: readonly string[]
  readonly extra: ReadonlyMap<string, readonly string[]>
}
