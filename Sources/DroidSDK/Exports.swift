// `JSON` belongs to all SDKs; whoever imports one has it, and whoever imports two has it once. Nothing else of that module is public.
@_exported public import ApusTransport
