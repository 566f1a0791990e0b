// `JSON` and `ServerTrust` belong to all SDKs; whoever imports one has them, and whoever imports two has them once. Nothing else of that module is public.
@_exported public import ApusTransport
