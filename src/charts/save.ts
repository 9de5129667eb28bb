/** Hand a file to the browser's downloads. */
export function save(name: string, content: Blob): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  document.body.appendChild(link);
  link.click();
  link.remove();
  // The download has begun; a later tick lets every browser take the address.
  window.setTimeout(() => URL.revokeObjectURL(url), 1000);
}

/** A name that every file system takes. */
export function fileName(title: string, suffix: string): string {
  const base = title
    .replace(/[^\p{L}\p{N}._-]+/gu, '-')
    .replace(/^[-.]+|-+$/g, '');
  return `${base.slice(0, 80) || 'chart'}.${suffix}`;
}
