@0xb7f3a2c91d5e8046;
# Every message between two endpoints. Fields are only ever added at the end.

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("tacet::transport::wire");

enum Direction {
  diallerSends @0;
  diallerReceives @1;
}

struct Hello {
  version @0 :UInt32;
  from @1 :UInt32;
  to @2 :UInt32;
  direction @3 :Direction;
  n @4 :UInt32;
  t @5 :UInt32;
  scheme @6 :Text;
  planDigest @7 :Data;
  nonce @8 :Data;
}

struct HelloReply {
  verdict @0 :Verdict;
  reason @1 :Text;
  hello @2 :Hello;
  culprit @3 :UInt32;  # whom a refusal blames

  enum Verdict {
    accepted @0;
    refused @1;
    busy @2;
  }
}

struct FrameHeader {
  # Travels as one bare segment of fixed size: the pointer word and four data words.
  kind @0 :Kind;
  payloadBytes @1 :UInt32;
  session @2 :UInt64;
  offset @3 :UInt64;
  round @4 :UInt32;

  enum Kind {
    data @0;
    ack @1;
    heartbeat @2;
    abort @3;
    end @4;
    setup @5;
  }
}

struct Abort {
  culprit @0 :UInt32;
  reason @1 :Text;
}
