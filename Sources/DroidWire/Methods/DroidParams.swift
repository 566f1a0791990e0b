/// The params of one method, in either direction of the wire.
///
/// What a daemon connection adds to them (`sessionId`, `token`) is not here but in ``DroidCall``, so that both families share one type.
package protocol DroidParams: DroidRecord {
    associatedtype Result: DroidValue
    static var method: DroidMethod { get }
}
