//! Rows of the table for the endpoints besides messages.

/// Calls the macro of the table with the given rows, followed by the rows of this file.
macro_rules! with_endpoint_rows {
    ($table:ident! { $($rows:tt)* }) => {
        $table! {
            $($rows)*

            // Flows.
            FlowCategories "flow-categories" Always, 100 400,
                "cloud-api 9.4 (Meta: flows API; the code is unverified)", "a flow has at least one of Meta's categories";
            FlowNameTaken "flow-name-taken" Always, 100 400,
                "cloud-api 9.4 (Meta: flows API; the code is unverified)", "no other flow of the account has the name";
            FlowUpdate "flow-update" Always, 139_001 400,
                "cloud-api 9.4 (Meta: flows error codes)", "only a draft gets another JSON";
            FlowPublish "flow-publish" Always, 139_002 400,
                "cloud-api 9.4 (Meta: flows error codes)",
                "a draft is published with a valid JSON, and with a public key and an endpoint that answers if it exchanges data";
            FlowDeprecate "flow-deprecate" Always, 139_003 400,
                "cloud-api 9.4 (Meta: flows error codes)", "only a published flow is deprecated";
            FlowDelete "flow-delete" Always, 139_004 400,
                "cloud-api 9.4 (Meta: flows error codes)", "only a draft is deleted";
            FlowBlocked "flow-blocked" Always, 132_068 400,
                "cloud-api 7.2 (Meta: error codes)", "the flow is not blocked";
            FlowThrottled "flow-throttled" Limit(10), 132_069 400,
                "cloud-api 7.2 (Meta: error codes)", "a throttled flow is sent at most this often in an hour";

            // Management of groups.
            GroupSubject "group-subject" Limit(128), 131_009 400,
                "cloud-api 4.6 (Meta: group management; the code is unverified)",
                "the subject of a group has at least 1 and at most this many characters";
            GroupDescription "group-description" Limit(2_048), 131_009 400,
                "cloud-api 4.6 (Meta: group management; the code is unverified)",
                "the description of a group has at most this many characters";
            GroupCount "group-count" Limit(10_000), 131_211 400,
                "cloud-api 4.6 (Meta: groups error codes)", "a number has at most this many groups";
            GroupParticipants "group-participants" Limit(8), 131_204 400,
                "cloud-api 4.6 (Meta: groups error codes)",
                "a group has at most this many participants besides the business";
            GroupDuplicate "group-duplicate" Always, 131_202 400,
                "cloud-api 4.6 (Meta: groups error codes)", "a request names each participant once";
            GroupMember "group-member" Always, 131_212 400,
                "cloud-api 4.6 (Meta: groups error codes)", "a removed participant is in the group";
            GroupJoinRequest "group-join-request" Always, 131_213 400,
                "cloud-api 4.6 (Meta: groups error codes)", "the request to join the group is open";
            GroupEmpty "group-empty" Always, 131_020 400,
                "cloud-api 4.6 (Meta: groups error codes)", "a group that receives messages has a participant";
            GroupSuspended "group-suspended" Always, 131_207 403,
                "cloud-api 4.6 (Meta: groups error codes)", "the group is not suspended";

            // Calls.
            CallingOff "calling-off" Always, 138_000 400,
                "cloud-api 9.5 (Meta: calling error codes)", "the settings of the number enable calls";
            CallReceiver "call-receiver" Always, 138_001 400,
                "cloud-api 9.5 (Meta: calling error codes)", "the callee is on WhatsApp";
            CallOngoing "call-ongoing" Always, 138_003 400,
                "cloud-api 9.5 (Meta: calling error codes)", "no other call with the user is ongoing";
            CallSession "call-session" Always, 138_004 400,
                "cloud-api 9.5 (Meta: calling error codes; the code is unverified)",
                "a session is an offer for a new call, or an answer to the call of a user, in SDP";
            CallPermission "call-permission" Always, 138_006 400,
                "cloud-api 9.5 (Meta: calling error codes)", "the user permits calls";
            CallsPerDay "calls-per-day" Limit(5), 138_012 400,
                "cloud-api 9.5 (Meta: calling error codes)", "a user accepts at most this many calls in 24 hours";
            CallRequests "call-requests" Limit(2), 138_009 400,
                "cloud-api 9.5 (Meta: call permissions)",
                "a user gets one request for permission in 24 hours, and at most this many in 7 days";
            CallState "call-state" Always, 100 400,
                "cloud-api 9.5 (Meta: calling; the code is unverified)", "the call exists and allows the action";

            // Resumable uploads.
            UploadFile "upload-file" Always, 100 400,
                "cloud-api 9.6 (Meta: resumable upload)", "a session states the length, and a type that Meta accepts";
            UploadOffset "upload-offset" Always, 100 400,
                "cloud-api 9.6 (Meta: resumable upload; the code is unverified)",
                "an upload continues where the last one ended, and does not exceed the announced length";
            FileHandle "file-handle" Always, 100 400,
                "cloud-api 9.6 (Meta: resumable upload; the code is unverified)",
                "a handle belongs to a file that was uploaded completely";
        }
    };
}
