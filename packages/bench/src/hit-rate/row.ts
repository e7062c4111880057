/** What one policy reached on one trace with room for so many entries. */
export interface Row {
  readonly trace: string
  readonly size: number
  readonly policy: string
  readonly hitPercent: number
}
