//! Many statements in one round trip.

use std::future::Future;
use std::pin::Pin;
use std::task::Poll;

use futures_util::future::{LocalBoxFuture, MaybeDone, maybe_done, poll_fn};
use tokio::time::timeout;
use tokio_postgres::{Client, Statement};

use super::link::ANSWER_TIME;
use super::parameter::Parameter;
use super::session::{in_words, is_end};

/// A statement whose answer nobody waits for yet.
pub(super) enum PutOff {
    /// Without values.
    Plain(String),
    Prepared(Statement, Vec<Parameter>),
}

/// Why a question had no answer.
pub(super) enum Failure {
    /// The session is over; what was asked last may have happened.
    Lost(String),
    Refused(tokio_postgres::Error),
}

impl From<tokio_postgres::Error> for Failure {
    fn from(error: tokio_postgres::Error) -> Self {
        if is_end(&error) { Self::Lost(in_words(&error)) } else { Self::Refused(error) }
    }
}

pub(super) async fn in_time<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let answer = timeout(ANSWER_TIME, work).await;
    answer.unwrap_or_else(|_| Err(Failure::Lost("it does not answer".into())))
}

pub(super) type Sent<'c> = Pin<Box<MaybeDone<LocalBoxFuture<'c, Result<(), tokio_postgres::Error>>>>>;

/// Sends statements in their order, without waiting for answers: each is sent when it is polled for the first time.
pub(super) async fn send(client: &Client, put_off: Vec<PutOff>) -> Vec<Sent<'_>> {
    let mut sent = Vec::with_capacity(put_off.len());
    for statement in put_off {
        let answer: LocalBoxFuture<'_, _> = Box::pin(async move {
            match statement {
                PutOff::Plain(sql) => client.batch_execute(&sql).await,
                PutOff::Prepared(statement, values) => client.execute_raw(&statement, values).await.map(drop),
            }
        });
        let mut answer = Box::pin(maybe_done(answer));
        poll_once(answer.as_mut()).await;
        sent.push(answer);
    }
    sent
}

/// Waits for all answers. The first error counts: those behind it follow from it.
pub(super) async fn settled(sent: Vec<Sent<'_>>) -> Result<(), Failure> {
    let mut outcome = Ok(());
    for mut answer in sent {
        answer.as_mut().await;
        if let Some(Err(error)) = answer.as_mut().take_output()
            && outcome.is_ok()
        {
            outcome = Err(error);
        }
    }
    Ok(outcome?)
}

pub(super) async fn poll_once(mut work: Pin<&mut impl Future<Output = ()>>) {
    poll_fn(|context| {
        let _ = work.as_mut().poll(context);
        Poll::Ready(())
    })
    .await;
}
