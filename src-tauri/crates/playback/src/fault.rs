//! GStreamer's errors as codes and sentences.

use crate::decoders::hardware_decoder;
use gstreamer as gst;
use gstreamer::prelude::*;
use model::{ApiError, ErrorCode};

/// A problem that GStreamer reported for one file.
#[derive(Debug, Clone)]
pub(crate) struct Fault {
    pub(crate) code: ErrorCode,
    pub(crate) detail: String,
    /// The hardware decoder that it comes from.
    pub(crate) hardware: Option<gst::ElementFactory>,
    /// It only says that something further on in the pipeline failed.
    pub(crate) passed_on: bool,
}

impl Fault {
    pub(crate) fn new(code: ErrorCode, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into(), hardware: None, passed_on: false }
    }

    /// Reads an error message of the bus.
    pub(crate) fn from_message(err: &gst::message::Error) -> Self {
        let error = err.error();
        let source = err.src().map(|s| s.path_string().to_string()).unwrap_or_default();
        let detail = format!("{error} ({source}) {}", err.debug().unwrap_or_default());
        let from_decoder =
            err.src().and_then(|s| s.downcast_ref::<gst::Element>()).and_then(|e| e.factory()).is_some_and(|f| {
                f.has_type(gst::ElementFactoryType::DECODER) && !f.has_type(gst::ElementFactoryType::DEMUXER)
            });
        let hardware = err.src().and_then(hardware_decoder);
        let passed_on = err.details().is_some_and(|details| details.has_field("flow-return"));
        Self { hardware, passed_on, ..Self::new(code_of(&error, from_decoder, &detail), detail) }
    }

    /// Reads a `missing-plugin` element message: what has no decoder here.
    pub(crate) fn from_missing_plugin(structure: &gst::StructureRef) -> Option<Self> {
        if structure.name() != "missing-plugin" {
            return None;
        }
        let name = structure.get::<String>("name").unwrap_or_default();
        let caps = structure.get::<gst::Caps>("detail").map(|c| c.to_string()).unwrap_or_default();
        let encrypted = ["application/x-cenc", "application/x-cbcs", "application/x-webm-enc", "encrypted"]
            .iter()
            .any(|e| caps.contains(e));
        let code = if encrypted { ErrorCode::Encrypted } else { ErrorCode::UnsupportedCodec };
        Some(Self::new(code, format!("{name}: {caps}")))
    }

    /// The error for the UI.
    pub(crate) fn into_error(self, shown: &str) -> ApiError {
        let message = match self.code {
            ErrorCode::NotFound => format!("{shown} is gone."),
            ErrorCode::Forbidden => format!("{shown} may not be read."),
            ErrorCode::NotMedia => format!("{shown} is not a video that can be recognised."),
            ErrorCode::Damaged => format!("{shown} is damaged."),
            ErrorCode::UnsupportedCodec => format!("No decoder is installed for {shown}."),
            ErrorCode::Encrypted => format!("{shown} is encrypted."),
            ErrorCode::DecoderFailed => format!("{shown} could not be decoded."),
            ErrorCode::TimedOut => format!("Reading {shown} took too long."),
            ErrorCode::Unreachable => format!("The server of {shown} cannot be reached."),
            ErrorCode::ServerRefused | ErrorCode::ServerFailed => format!("The server does not give {shown}."),
            ErrorCode::Changed => format!("{shown} has changed on its server."),
            ErrorCode::Offline => format!("{shown} is not on this machine, and the player is offline."),
            _ => format!("{shown} could not be played."),
        };
        ApiError::new(self.code, message).with_detail(self.detail)
    }
}

fn code_of(error: &gst::glib::Error, from_decoder: bool, detail: &str) -> ErrorCode {
    if let Some(kind) = error.kind::<gst::ResourceError>() {
        return match kind {
            gst::ResourceError::NotFound => ErrorCode::NotFound,
            gst::ResourceError::NotAuthorized => ErrorCode::Forbidden,
            gst::ResourceError::OpenRead if detail.contains("Permission denied") => ErrorCode::Forbidden,
            _ => ErrorCode::Io,
        };
    }
    if let Some(kind) = error.kind::<gst::StreamError>() {
        return match kind {
            gst::StreamError::Decrypt | gst::StreamError::DecryptNokey => ErrorCode::Encrypted,
            gst::StreamError::CodecNotFound => ErrorCode::UnsupportedCodec,
            gst::StreamError::TypeNotFound | gst::StreamError::WrongType => ErrorCode::NotMedia,
            gst::StreamError::Decode => ErrorCode::DecoderFailed,
            _ if from_decoder => ErrorCode::DecoderFailed,
            gst::StreamError::Demux | gst::StreamError::Failed | gst::StreamError::Format => ErrorCode::Damaged,
            _ => ErrorCode::Damaged,
        };
    }
    if let Some(kind) = error.kind::<gst::CoreError>() {
        return match kind {
            gst::CoreError::MissingPlugin => ErrorCode::UnsupportedCodec,
            gst::CoreError::Negotiation | gst::CoreError::Caps => ErrorCode::UnsupportedCodec,
            _ => ErrorCode::Damaged,
        };
    }
    if error.kind::<gst::LibraryError>().is_some() { ErrorCode::DecoderFailed } else { ErrorCode::Internal }
}
