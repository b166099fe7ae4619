//! OFD files, written by hand: a ZIP of stored entries with a page's number on each page.

/// CRC-32 as ZIP has it, bit by bit.
fn crc(data: &[u8]) -> u32 {
    !data.iter().fold(!0_u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xEDB8_8320 & 0_u32.wrapping_sub(crc & 1))
        })
    })
}

/// A package of these entries, stored.
pub fn zip(entries: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for (name, data) in entries {
        let length = u32::try_from(data.len()).unwrap();
        // Version 2.0, UTF-8 names, stored, no time, 1 January 1980.
        let mut head = [20_u16, 1 << 11, 0, 0, 0x21].map(u16::to_le_bytes).concat();
        head.extend([crc(data), length, length].map(u32::to_le_bytes).concat());
        head.extend(u16::try_from(name.len()).unwrap().to_le_bytes());
        head.extend([0, 0]);
        let offset = u32::try_from(out.len()).unwrap();
        out.extend(b"PK\x03\x04");
        out.extend(&head);
        out.extend(name.as_bytes());
        out.extend(data);
        directory.extend(b"PK\x01\x02\x14\x00");
        directory.extend(&head);
        directory.extend([0; 10]);
        directory.extend(offset.to_le_bytes());
        directory.extend(name.as_bytes());
    }
    let count = u16::try_from(entries.len()).unwrap().to_le_bytes();
    let sizes = [directory.len(), out.len()].map(|n| u32::try_from(n).unwrap().to_le_bytes());
    out.extend(directory);
    out.extend(b"PK\x05\x06\0\0\0\0");
    out.extend([count, count].concat());
    out.extend(sizes.concat());
    out.extend([0, 0]);
    out
}

/// An OFD of `pages` pages of A4 (GB/T 33190-2016 §7).
pub fn ofd(pages: u32) -> Vec<u8> {
    const NAMESPACE: &str = "xmlns:ofd=\"http://www.ofdspec.org/2016\"";
    let xml =
        |text: String| format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{text}").into_bytes();
    let list: String = (1..=pages)
        .map(|n| format!("<ofd:Page ID=\"{n}\" BaseLoc=\"Pages/Page_{n}/Content.xml\"/>"))
        .collect();
    let mut entries = vec![
        (
            "OFD.xml".to_owned(),
            xml(format!(
                "<ofd:OFD {NAMESPACE} Version=\"1.1\" DocType=\"OFD\"><ofd:DocBody><ofd:DocInfo>\
                 <ofd:DocID>0123</ofd:DocID></ofd:DocInfo><ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot>\
                 </ofd:DocBody></ofd:OFD>"
            )),
        ),
        (
            "Doc_0/Document.xml".to_owned(),
            xml(format!(
                "<ofd:Document {NAMESPACE}><ofd:CommonData><ofd:MaxUnitID>100</ofd:MaxUnitID><ofd:PageArea>\
                 <ofd:PhysicalBox>0 0 210 297</ofd:PhysicalBox></ofd:PageArea></ofd:CommonData>\
                 <ofd:Pages>{list}</ofd:Pages></ofd:Document>"
            )),
        ),
    ];
    for n in 1..=pages {
        // A bar as long as the page's number, which needs no font.
        entries.push((
            format!("Doc_0/Pages/Page_{n}/Content.xml"),
            xml(format!(
                "<ofd:Page {NAMESPACE}><ofd:Content><ofd:Layer ID=\"{0}\"><ofd:PathObject ID=\"{1}\" \
                 Boundary=\"20 20 150 10\" Fill=\"true\"><ofd:AbbreviatedData>M 0 0 L {2} 0 L {2} 8 L 0 8 C\
                 </ofd:AbbreviatedData></ofd:PathObject></ofd:Layer></ofd:Content></ofd:Page>",
                1000 + n * 2,
                1001 + n * 2,
                10 * n
            )),
        ));
    }
    let entries: Vec<(&str, Vec<u8>)> = entries
        .iter()
        .map(|(name, data)| (name.as_str(), data.clone()))
        .collect();
    zip(&entries)
}
