//! The shared workers of a browser, which work for all of its windows.

use serde_json::{Value, json};

use super::Browser;

/// The tools by which a shared worker is reached: a session of the `DevTools` protocol that a window keeps.
pub(crate) struct WorkerTools {
    window: String,
    session: String,
}

impl Browser {
    #[track_caller]
    fn workers(&self) -> Vec<String> {
        let targets = self.cdp("Target.getTargets", &json!({}));
        let targets = targets["targetInfos"].as_array().expect("targets come as a list");
        let workers = targets.iter().filter(|target| target["type"] == "shared_worker");
        workers.map(|worker| worker["targetId"].as_str().expect("a target has an id").to_owned()).collect()
    }

    #[track_caller]
    pub(super) fn tools_of_workers(&self) -> Vec<WorkerTools> {
        let attach = |worker| {
            let attached = self.cdp("Target.attachToTarget", &json!({ "targetId": worker }));
            let session = attached["sessionId"].as_str().expect("a session has an id").to_owned();
            WorkerTools { window: self.handle(), session }
        };
        self.workers().into_iter().map(attach).collect()
    }

    /// A command of the protocol, for these workers.
    #[track_caller]
    pub(super) fn tell_workers(&self, tools: &[WorkerTools], command: &str, params: &Value) {
        let window = self.handle();
        let message = json!({ "id": 1, "method": command, "params": params }).to_string();
        for one in tools {
            self.switch_to(&one.window);
            let params = json!({ "sessionId": one.session, "message": message });
            self.cdp("Target.sendMessageToTarget", &params);
        }
        self.switch_to(&window);
    }

    /// Closes these tools: a worker that starts while another like it has some waits for them.
    #[track_caller]
    pub(super) fn lets_go_of_workers(&self, tools: &[WorkerTools]) {
        let window = self.handle();
        for one in tools {
            self.switch_to(&one.window);
            self.cdp("Target.detachFromTarget", &json!({ "sessionId": one.session }));
        }
        self.switch_to(&window);
    }

    /// Ends the shared workers where they are, and nobody is told.
    #[track_caller]
    pub(crate) fn end_workers(&self) {
        self.wait_until("a shared worker", || !self.workers().is_empty());
        for worker in self.workers() {
            self.cdp("Target.closeTarget", &json!({ "targetId": worker }));
        }
    }

    /// The shared workers do nothing more, as if they hung, until `resume_workers`; through the current window.
    #[track_caller]
    pub(crate) fn halt_workers(&self) -> Vec<WorkerTools> {
        self.wait_until("a shared worker", || !self.workers().is_empty());
        let tools = self.tools_of_workers();
        self.tell_workers(&tools, "Debugger.enable", &json!({}));
        self.tell_workers(&tools, "Debugger.pause", &json!({}));
        tools
    }

    /// They go on with what waited for them.
    #[track_caller]
    pub(crate) fn resume_workers(&self, halted: &[WorkerTools]) {
        self.tell_workers(halted, "Debugger.disable", &json!({}));
        self.lets_go_of_workers(halted);
    }
}
