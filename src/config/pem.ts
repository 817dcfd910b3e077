const block = /-----BEGIN ([A-Z0-9 ]+)-----([\s\S]*?)-----END \1-----/g;

export interface PemParts {
  readonly certificates: string | undefined;
  readonly key: string | undefined;
}

export function isPem(text: string): boolean {
  return text.includes('-----BEGIN ');
}

/**
 * Certificates and private key of a PEM text, apart, because only one of them is a secret. Properties files hold PEM on one
 * line, with spaces for line ends, which Java takes and OpenSSL does not: the lines are made anew.
 */
export function splitPem(text: string): PemParts {
  const certificates: string[] = [];
  let key: string | undefined;
  for (const [whole, label = '', body = ''] of text.matchAll(block)) {
    // Headers inside (Proc-Type, DEK-Info) belong to an old form of encryption; their line ends matter.
    const lines = body.includes(':') ? whole : rewrap(label, body);
    if (label.endsWith('CERTIFICATE')) certificates.push(lines);
    else if (label.endsWith('PRIVATE KEY')) key ??= lines;
  }
  return { certificates: certificates.length === 0 ? undefined : certificates.join('\n'), key };
}

function rewrap(label: string, body: string): string {
  const lines = body.replaceAll(/\s+/g, '').match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`].join('\n');
}
