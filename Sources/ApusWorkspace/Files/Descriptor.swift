#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// An open file descriptor that is closed when its owner is gone.
package struct Descriptor: ~Copyable, Sendable {
    package let number: Int32

    init(owning number: Int32) { self.number = number }

    deinit { close(number) }

    /// Gives the descriptor away without closing it.
    consuming func release() -> Int32 {
        let number = number
        discard self
        return number
    }
}
