#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

/// Every bound on what comes from outside, each beside the attack it stops.
namespace tacet::transport {

/// A peer that announces a huge hello makes us allocate before we know whom we talk to: the length is refused
/// first. The same holds for what endpoints tell each other until everybody is there.
inline constexpr std::size_t kMaxHelloBytes = 20 << 10;

/// A hello says what its program and settings are, for messages: without bounds that is a peer's way to fill
/// a log.
inline constexpr std::size_t kMaxFacts = 48;
inline constexpr std::size_t kMaxFactNameBytes = 64;
inline constexpr std::size_t kMaxFactValueBytes = 96;

/// The same of every word on a missing endpoint, which may name two fingerprints, and of how many such words
/// one message carries.
inline constexpr std::size_t kMaxMissingBytes = 320;
inline constexpr std::size_t kMaxMissing = 48;

/// A scheme name is printed in messages: without a bound a peer fills the log, or a terminal, through one
/// hello.
inline constexpr std::size_t kMaxSchemeBytes = 64;

/// A frame is buffered, or written to a tile, before its end is seen: a bound keeps one header from reserving
/// memory.
inline constexpr std::size_t kMaxFramePayloadBytes = std::size_t{1} << 20;

/// Reasons of aborts and refusals travel to people's logs: without a bound one abort floods every party's
/// disk.
inline constexpr std::size_t kMaxControlTextBytes = 1024;

/// An abort says what its sender saw and has heard of others: more than this nobody needs to hear of one job.
inline constexpr std::size_t kMaxStatements = 16;

/// The same of the endpoints that it says it has heard.
inline constexpr std::size_t kMaxHeard = 256;

/// Bytes of an encoded abort notice: the texts above and Cap'n Proto's own words around them.
inline constexpr std::size_t kMaxAbortBytes =
    kMaxStatements * (kMaxControlTextBytes + 48) + kMaxHeard * sizeof(std::uint32_t) + 64;

/// A stranger's certificate chain is parsed before it is refused: without a bound it may be megabytes of
/// ASN.1.
inline constexpr std::size_t kMaxCertificateBytes = std::size_t{16} << 10;

/// Connections that never finish their handshake would otherwise take every file descriptor of the process.
/// When the table is full the one that has waited longest goes, so that a silent flood cannot keep a true
/// peer outside.
inline constexpr std::size_t kMaxPendingConnections = 256;

/// Descriptors that no stranger takes: those of peers, and these for files, names and wake-ups.
inline constexpr std::size_t kReservedDescriptors = 24;

/// A peer that connects and says nothing, or one byte a second, holds its place only this long.
inline constexpr std::chrono::milliseconds kHandshakeTimeout{5000};

/// A refused peer may keep sending; we read and discard this long so that it receives our reason, not a
/// reset.
inline constexpr std::chrono::milliseconds kLingerTimeout{500};

/// A party that gives up keeps answering this long, so that the others learn why and do not wait for their
/// deadline.
inline constexpr std::chrono::milliseconds kFarewellTimeout{400};

/// A peer that vanishes without a word before the job begins may have been restarted: it has this long to
/// come back. Longer would keep the others from learning that it died.
inline constexpr std::chrono::milliseconds kReturnGrace{1000};

/// Until the job begins endpoints show this often that they are there, and count as missing when they have
/// not for so long.
inline constexpr std::chrono::milliseconds kPresenceBeat{500};
inline constexpr std::chrono::milliseconds kPresenceSilence{3000};

/// A peer that stops acknowledging would make us keep everything we ever sent it: beyond this the sender
/// waits.
inline constexpr std::size_t kMaxUnackedBytes = std::size_t{16} << 20;

/// A burst of connection attempts beyond this is refused by the kernel before it costs this process anything.
inline constexpr int kListenBacklog = 512;

/// AES-GCM loses its margin after about 2^24.5 records under one key (RFC 8446, section 5.5): an observer of
/// more could tell ciphertext from noise. The sending side changes its key long before.
inline constexpr std::uint64_t kRekeyRecords = std::uint64_t{1} << 20;

/// A peer that asks for new keys without end, and takes no answer, would make us keep an answer for each.
inline constexpr std::size_t kMaxTlsAnswerBytes = std::size_t{64} << 10;

/// A plan's party count comes from outside in a hello: a mesh never grows beyond this.
inline constexpr std::uint32_t kMaxEndpoints = 4096;

}  // namespace tacet::transport
