// Sources: Sources/ApusTools/Web/HTMLTokenizer.swift Sources/ApusTools/Web/HTMLEntities.swift Sources/ApusTools/Web/TextCharset.swift Sources/ApusTools/Web/MarkdownPage.swift Sources/ApusTools/Web/MarkdownBlocks.swift Sources/ApusTools/Web/MarkdownTable.swift

/// Any bytes are a page: nothing traps, and what is made of them is bounded by them.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzHTML(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let page = MarkdownPage(html: fuzzInput(start, count))
    require(page.title.utf8.count <= 1_500, "a long title")
    require(page.markdown.utf8.count <= 400 * (count + 10), "\(count) bytes became \(page.markdown.utf8.count)")
    return 0
}
