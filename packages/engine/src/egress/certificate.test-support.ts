/** A key that protects nothing, and a certificate for `hooks.example` that nobody signed, good for a hundred years. */
export const certificate = {
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgY6CFPzABxg/kM2tB
vvgnt0a9trsmUk5/2/C7d3P2hiShRANCAARz9njIVzCNJURNdvEbcOFpwzYqxbg5
Gpnm43N2x46a252cZm1UJtVwgJnVDFXxgHhlpaTIPohw+E6jb2cJhg02
-----END PRIVATE KEY-----
`,
  cert: `-----BEGIN CERTIFICATE-----
MIIBoTCCAUegAwIBAgIUIoOklOszcX/bpPJ4wNJFsdy1fPowCgYIKoZIzj0EAwIw
GDEWMBQGA1UEAwwNaG9va3MuZXhhbXBsZTAgFw0yNjExMjExNzIwMzlaGA8yMTI2
MTAyODE3MjAzOVowGDEWMBQGA1UEAwwNaG9va3MuZXhhbXBsZTBZMBMGByqGSM49
AgEGCCqGSM49AwEHA0IABHP2eMhXMI0lRE128Rtw4WnDNirFuDkamebjc3bHjprb
nZxmbVQm1XCAmdUMVfGAeGWlpMg+iHD4TqNvZwmGDTajbTBrMB0GA1UdDgQWBBRv
iXGhPjv6lrm1VgCuJtahm4F8zTAfBgNVHSMEGDAWgBRviXGhPjv6lrm1VgCuJtah
m4F8zTAPBgNVHRMBAf8EBTADAQH/MBgGA1UdEQQRMA+CDWhvb2tzLmV4YW1wbGUw
CgYIKoZIzj0EAwIDSAAwRQIgY0kAygb/PvctCRvXihB2difg4PR0NeXCQ2UA24Ky
T5kCIQCpOGRdeoQ0c2auQNtqu9kzewA//j5CabVjjMuOwuxSFw==
-----END CERTIFICATE-----
`,
} as const;
