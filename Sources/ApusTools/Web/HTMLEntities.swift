/// Character references of HTML: all numbers, and the names that pages use.
enum HTMLEntities {
    private static let maximumLength = 40

    /// Leaves what is no reference as it stands. NUL and surrogates become U+FFFD.
    static func decode(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        guard bytes.contains(UInt8(ascii: "&")) else { return Array(bytes) }
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var place = bytes.startIndex
        while place < bytes.endIndex {
            if bytes[place] == UInt8(ascii: "&"), let (text, end) = reference(bytes[place...]) {
                result += text.utf8
                place = end
            } else {
                result.append(bytes[place])
                place += 1
            }
        }
        return result
    }

    private static func reference(_ bytes: ArraySlice<UInt8>) -> (String, Int)? {
        let body = bytes.dropFirst().prefix(maximumLength)
        if body.first == UInt8(ascii: "#") { return number(body.dropFirst()) }
        let name = body.prefix { (0x30...0x39).contains($0) || (0x61...0x7A).contains($0 | 0x20) }
        let text = String(decoding: name, as: UTF8.self)
        let isEnded = name.endIndex < bytes.endIndex && bytes[name.endIndex] == UInt8(ascii: ";")
        if isEnded, let found = names[text] { return (found, name.endIndex + 1) }
        // These are so old that they count without their semicolon.
        for old in ["nbsp", "amp", "lt", "gt", "quot", "copy", "reg"] where text.hasPrefix(old) {
            if let found = names[old] { return (found, name.startIndex + old.utf8.count) }
        }
        return nil
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> (String, Int)? {
        var digits = bytes
        var radix = 10
        if let mark = bytes.first, mark | 0x20 == UInt8(ascii: "x") {
            radix = 16
            digits = bytes.dropFirst()
        }
        digits = digits.prefix { (0x30...0x39).contains($0) || (radix == 16 && (0x61...0x66).contains($0 | 0x20)) }
        guard !digits.isEmpty else { return nil }
        let code = UInt32(String(decoding: digits, as: UTF8.self), radix: radix) ?? 0
        let end = digits.endIndex
        let isEnded = end < bytes.endIndex && bytes[end] == UInt8(ascii: ";")
        let scalar = code == 0xA0 ? " " : windows[code] ?? (code == 0 ? nil : UnicodeScalar(code)) ?? "\u{FFFD}"
        return (String(Character(scalar)), isEnded ? end + 1 : end)
    }

    /// Numbers of C1 controls are meant in Windows' Latin.
    private static let windows: [UInt32: UnicodeScalar] = {
        var table: [UInt32: UnicodeScalar] = [:]
        for (index, scalar) in TextCharset.windows1252.enumerated() where scalar != "\u{FFFD}" { table[UInt32(0x80 + index)] = scalar }
        return table
    }()

    private static let names: [String: String] = {
        var table: [String: String] = [:]
        for (index, name) in latin.split(separator: " ").enumerated() {
            if let scalar = UnicodeScalar(UInt32(160 + index)) { table[String(name)] = String(Character(scalar)) }
        }
        for pair in others.split(whereSeparator: { $0 == " " || $0 == "\n" }) {
            let parts = pair.split(separator: "=", maxSplits: 1)
            guard parts.count == 2, let code = UInt32(parts[1], radix: 16), let scalar = UnicodeScalar(code) else { continue }
            table[String(parts[0])] = String(Character(scalar))
        }
        // A space that does not break is a space to whoever reads or searches the text.
        table["nbsp"] = " "
        return table
    }()

    /// U+00A0 to U+00FF, in order.
    private static let latin = """
        nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 acute micro para middot \
        cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil Egrave Eacute Ecirc Euml \
        Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave Uacute Ucirc Uuml Yacute THORN szlig \
        agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml igrave iacute icirc iuml eth ntilde ograve oacute \
        ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute thorn yuml
        """

    private static let others = """
        amp=26 AMP=26 lt=3C LT=3C gt=3E GT=3E quot=22 QUOT=22 apos=27 lbrace=7B lcub=7B rbrace=7D rcub=7D lbrack=5B lsqb=5B rbrack=5D
        rsqb=5D lpar=28 rpar=29 num=23 percnt=25 ast=2A plus=2B comma=2C period=2E sol=2F colon=3A semi=3B equals=3D quest=3F commat=40
        bsol=5C Hat=5E lowbar=5F grave=60 vert=7C verbar=7C excl=21 dollar=24 Tab=9 NewLine=A
        OElig=152 oelig=153 Scaron=160 scaron=161 Yuml=178 fnof=192 circ=2C6 tilde=2DC
        Alpha=391 Beta=392 Gamma=393 Delta=394 Epsilon=395 Theta=398 Lambda=39B Pi=3A0 Sigma=3A3 Phi=3A6 Psi=3A8 Omega=3A9
        alpha=3B1 beta=3B2 gamma=3B3 delta=3B4 epsilon=3B5 zeta=3B6 eta=3B7 theta=3B8 iota=3B9 kappa=3BA lambda=3BB mu=3BC nu=3BD xi=3BE
        omicron=3BF pi=3C0 rho=3C1 sigmaf=3C2 sigma=3C3 tau=3C4 upsilon=3C5 phi=3C6 chi=3C7 psi=3C8 omega=3C9
        ensp=2002 emsp=2003 thinsp=2009 zwnj=200C zwj=200D lrm=200E rlm=200F ndash=2013 mdash=2014 horbar=2015 lsquo=2018 rsquo=2019
        sbquo=201A ldquo=201C rdquo=201D bdquo=201E dagger=2020 Dagger=2021 bull=2022 hellip=2026 permil=2030 prime=2032 Prime=2033
        lsaquo=2039 rsaquo=203A oline=203E frasl=2044 euro=20AC trade=2122 larr=2190 uarr=2191 rarr=2192 darr=2193 harr=2194 crarr=21B5
        lArr=21D0 uArr=21D1 rArr=21D2 dArr=21D3 hArr=21D4 forall=2200 part=2202 exist=2203 empty=2205 nabla=2207 isin=2208 notin=2209
        prod=220F sum=2211 minus=2212 radic=221A prop=221D infin=221E and=2227 or=2228 cap=2229 cup=222A int=222B sim=223C cong=2245
        asymp=2248 ne=2260 equiv=2261 le=2264 ge=2265 sub=2282 sup=2283 nsub=2284 sube=2286 supe=2287 oplus=2295 otimes=2297 sdot=22C5
        lceil=2308 rceil=2309 lfloor=230A rfloor=230B lang=27E8 rang=27E9 loz=25CA spades=2660 clubs=2663 hearts=2665 diams=2666
        check=2713 cross=2717 star=2606 starf=2605 phone=260E
        """
}
