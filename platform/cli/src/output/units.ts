/** `412 MB`, `1.2 GB`; a dash for nothing. */
export function showBytes(bytes: number | null): string {
  if (bytes === null) return '-';
  const mb = bytes / 1_048_576;
  return mb < 1_024 ? `${Math.round(mb)} MB` : `${(mb / 1_024).toFixed(1)} GB`;
}

/** `0.8 s` up to a minute, then `3m 05s`, `2h 10m`, `4d 3h`; a dash for nothing. */
export function showDuration(ms: number | null): string {
  if (ms === null) return '-';
  const seconds = ms / 1_000;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  const pad = (value: number): string => String(value).padStart(2, '0');
  if (whole < 3_600) return `${Math.floor(whole / 60)}m ${pad(whole % 60)}s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 1_440) return `${Math.floor(minutes / 60)}h ${pad(minutes % 60)}m`;
  const hours = Math.floor(minutes / 60);
  return `${Math.floor(hours / 24)}d ${hours % 24}h`;
}
