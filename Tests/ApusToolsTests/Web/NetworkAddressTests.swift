import Testing

@testable import ApusTools

@Suite struct NetworkAddressTests {
    /// Every spelling of a place that FetchUrl may not go to that browsers, C libraries or name servers understand.
    @Test(arguments: [
        "127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7F.0.0.1", "0x7f.1", "017700000001", "0177.0.0.1", "0177.0.0.01",
        "127.0.0.1.", "127.255.255.254", "0", "0.0.0.0", "0x0", "00", "0.1",
        "10.0.0.1", "10.1", "012.0.0.1", "0xa.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "3232235777", "0xC0A80101", "100.64.0.1",
        "169.254.169.254", "169.254.0.1", "2852039166", "0xA9FEA9FE", "0251.0376.0251.0376", "169.16689662", "100.100.100.200",
        "168.63.129.16", "192.0.0.192", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.250",
        "255.255.255.255", "240.0.0.1", "192.88.99.1",
        "[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[0000:0000:0000:0000:0000:0000:0000:0001]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]",
        "[::FFFF:10.0.0.1]", "[0:0:0:0:0:ffff:a9fe:a9fe]", "[::127.0.0.1]", "[::ffff:0:127.0.0.1]", "[64:ff9b::127.0.0.1]",
        "[64:ff9b::a9fe:a9fe]", "[64:ff9b:1::10.0.0.1]", "[64:ff9b:1:2:3:4:5:6]", "[2002:7f00:1::]", "[2002:a00:1::1]",
        "[2001:0:4136:e378:8000:63bf:3fff:fdd2]", "[fe80::1]", "[febf::1]", "[fec0::1]", "[fc00::1]", "[fd00:ec2::254]", "[fdff::1]",
        "[ff02::1]", "[2001:db8::1]", "[3fff::1]", "[100::1]", "[5f00::1]", "[4000::1]",
        "localhost", "LOCALHOST", "localhost.", "a.localhost", "localhost.localdomain", "ip6-localhost", "printer.local", "metadata",
        "metadata.google.internal", "metadata.google.internal.", "router.lan", "intranet", "nas.home.arpa", "db.corp",
    ])
    func nothingIsFetchedFromSuchAHost(host: String) throws {
        let address = try WebAddress("http://\(host)/")
        #expect(address.objection != nil, "\(address)")
        let other = try WebAddress("https://\(host):8443/x?y")
        #expect(other.objection != nil)
    }

    @Test(arguments: [
        "1.1.1.1", "8.8.8.8", "134744072", "0x08080808", "11.0.0.1", "172.15.255.255", "172.32.0.1", "192.167.255.255", "169.253.0.1",
        "100.63.255.255", "100.128.0.1", "126.255.255.255", "128.0.0.1", "223.255.255.255", "[2606:4700::1111]", "[2a00:1450:4001::1]",
        "[64:ff9b::8.8.8.8]", "[::ffff:8.8.8.8]", "[2002:808:808::1]", "[2001:4860:4860::8888]", "example.com", "EXAMPLE.com.",
        "xn--bcher-kva.example", "a.b-c.example", "localhost.example.com", "127.0.0.1.example.com", "internal.example.com",
    ])
    func publicHostsAreNotRefused(host: String) throws {
        let address = try WebAddress("http://\(host)/")
        #expect(address.objection == nil)
    }

    @Test(arguments: [
        ("0x7f.1", "127.0.0.1"), ("2130706433", "127.0.0.1"), ("0177.0.0.01", "127.0.0.1"), ("127.1", "127.0.0.1"), ("1.2.3", "1.2.0.3"),
        ("[::ffff:1.2.3.4]", "[0:0:0:0:0:ffff:102:304]"), ("[2001:DB8::1]", "[2001:db8:0:0:0:0:0:1]"), ("[::]", "[0:0:0:0:0:0:0:0]"),
        ("EXAMPLE.com.", "example.com"),
    ])
    func aHostHasOnePlainSpelling(host: String, plain: String) throws {
        let address = try WebAddress("http://\(host)/")
        #expect(address.hostText == plain)
    }

    @Test(arguments: [
        "1.2.3.4.5", "256.1.1.1", "1.2.3.256", "4294967296", "0x100000000", "08.0.0.1", "1.2.3.08", "example.1", "a.0x1", "1..2", ".", "",
        "-1.2.3.4.5", "[::1", "[1:2:3]", "[:1::]", "[1:::2]", "[::1%lo]", "[1:2:3:4:5:6:7:8:9]", "[::12345]", "[::1.2.3]", "[::+1]",
        "exa mple.com", "ex%61mple.com", "exämple.com", "a..b", "a,b", "a\u{FF0E}b", "①②⑦.⓪.⓪.①", "[::1]x",
    ])
    func whatIsNoHostIsRefused(host: String) {
        #expect(throws: WebAddress.Fault.self) { try WebAddress("http://\(host)/") }
    }
}
