// Package xmlstream reads XML 1.0 with namespaces from strangers: the documents of libraries and the answers of their
// systems. It is strict (what it accepts is a complete, well-formed, namespace-well-formed document), streaming (memory
// is bounded by [Limits], whatever comes), and it speaks French in its errors, because libraries read them.
//
// Here live the decoder, the encodings it can be fed through ([UTF8]), what undoes gzip ([Unpack]), the repair of illegal
// characters ([Repair]) and the escaping for writers. What the elements mean does not live here: that is for exchange and oai.
//
// Reasons for not using encoding/xml: it accepts doubled attributes, undeclared prefixes, a second root and text after
// the end, has no limit on depth or on the length of a text, and reads 20 to 25 MB/s. How the two differ is written down
// in the list of laxities of the differential fuzz test.
//
//	reader -> UTF8 -> (Repair) -> Decoder.Next -> StartElement, Text, EndElement ... io.EOF
package xmlstream
